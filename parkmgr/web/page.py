"""A page: the template, 422 when its form has errors, 409 when its form was stale."""

from __future__ import annotations

from typing import Any

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from parkmgr.web.forms import Form


def page(template: str, *, form: Form | None = None, status: int | None = None, **context: Any) -> ResponseReturnValue:
    """Return the page. A form that was sent and comes back is an error: what was typed stays in it."""
    failed = form is not None and request.method == "POST"
    code = status or (422 if failed and form is not None and form.said else 200)
    return make_response(render_template(template, form=form, **context), code)
