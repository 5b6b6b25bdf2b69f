"""The video of the small project, defined with the Python package metaxy: an entrypoint of sink_job.py."""

import metaxy as mx
from small_project import FEATURES


class Video(mx.BaseFeature, spec=mx.FeatureSpec(**FEATURES[0])):
    video_id: str
