"""What a WSGI server serves: `granian --interface wsgi wsgi:app`."""

import gc

from parkmgr.app import create_app

app = create_app()
gc.collect()
gc.freeze()  # what lives as long as the process is not looked through again: it made the slowest answers twice as slow
