"""People: residents, researchers and guests of the park's organisations; as little of them as the park needs, and every look is noted."""
