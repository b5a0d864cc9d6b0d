"""Local audio on its way to a service that takes URLs only: put into Blob Storage, shown to the service, taken away."""

from .blobs import Stager
from .sas import check_sas, split_sas

__all__ = ["Stager", "check_sas", "split_sas"]
