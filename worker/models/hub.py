"""A model hub, by its own client: what a revision has, and its files.

Where it is, the client takes from HF_ENDPOINT, and the token from HF_TOKEN, as ever.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from huggingface_hub import HfApi, constants, snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.tqdm import disable_progress_bars

from worker.models.fetched import FetchFailed

_SECOND = importlib.util.find_spec("httpx2")
BROKE_OFF: tuple[type[Exception], ...] = (
    httpx.HTTPError,
    *((importlib.import_module("httpx2").HTTPError,) if _SECOND else ()),
    LocalEntryNotFoundError,
    ConnectionError,
)
"""A transfer's own errors: huggingface_hub 1 calls through httpx, 2 through httpx2, and each vLLM
brings one of them."""

AT_ONCE = 4
"""Files at once: more make one link no faster, and each holds a chunk in memory."""

PARTS = (".cache", "huggingface", "download")
"""Where the client keeps what is under way, below the target."""


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository at a revision."""

    name: str
    size: int
    blob_id: str
    """Git's id: of the content, or of the pointer if it is in LFS."""
    sha256: str | None
    """Where it is in LFS."""


class Hub:
    """One repository. ``endpoint`` takes the place of HF_ENDPOINT."""

    def __init__(self, source: str, endpoint: str | None = None) -> None:
        self._source = source
        self._endpoint = endpoint
        self._api = HfApi(endpoint=endpoint, library_name="ivy-worker")

    @property
    def address(self) -> str:
        """Of the hub."""
        return self._endpoint or constants.ENDPOINT

    def resolve(self, revision: str) -> str:
        """The commit that a revision names now; a commit names itself. Raises ``FetchFailed``."""
        with self._explained(revision):
            found = self._api.model_info(self._source, revision=revision).sha
        if not found:
            raise FetchFailed(f"{self.address} does not say which commit {revision} is")
        return found

    def files(self, revision: str) -> list[HubFile]:
        """What a commit has, folders included. Raises ``FetchFailed``."""
        with self._explained(revision):
            tree = self._api.list_repo_tree(self._source, revision=revision, recursive=True)
            return [
                HubFile(
                    name=file.path,
                    size=file.lfs.size if file.lfs else file.size,
                    blob_id=file.blob_id,
                    sha256=file.lfs.sha256 if file.lfs else None,
                )
                for file in tree
                if isinstance(file, RepoFile)
            ]

    def download(self, revision: str, names: Sequence[str], into: Path) -> None:
        """The files, those that are there already left alone. A transfer that is cut goes on.

        Raises ``FetchFailed``.
        """
        disable_progress_bars()
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
        with self._explained(revision):
            snapshot_download(
                self._source,
                revision=revision,
                local_dir=into,
                allow_patterns=[_literal(name) for name in names],
                max_workers=AT_ONCE,
                endpoint=self._endpoint,
                library_name="ivy-worker",
            )

    @contextmanager
    def _explained(self, revision: str) -> Iterator[None]:
        """The client's errors, in our words."""
        source, where = self._source, self.address
        try:
            yield
        except HFValidationError as error:
            raise FetchFailed(f"{source!r} is no name of a repository (OWNER/NAME)") from error
        except GatedRepoError as error:
            raise FetchFailed(
                f"{source} is gated at {where}: accept its terms there, and give a token of that"
                " account as HF_TOKEN"
            ) from error
        except RepositoryNotFoundError as error:
            raise FetchFailed(
                f"{where} has no {source}, or it is private: then give a token as HF_TOKEN"
            ) from error
        except RevisionNotFoundError as error:
            raise FetchFailed(f"{source} has no revision {revision} at {where}") from error
        except OfflineModeIsEnabled as error:
            raise FetchFailed(
                "HF_HUB_OFFLINE is set, and the weights are not there: unset it for this command"
            ) from error
        except HfHubHTTPError as error:
            raise FetchFailed(
                f"{where} answers with status {error.response.status_code}. Try again; what was"
                " fetched is kept"
            ) from error
        except BROKE_OFF as error:
            raise FetchFailed(
                f"{where} cannot be reached, or broke off ({type(error).__name__}). Set HF_ENDPOINT"
                " to a mirror if you have one, or try again; what was fetched is kept"
            ) from error


def _literal(name: str) -> str:
    """A name as a pattern that fits nothing else (fnmatch)."""
    return "".join(f"[{part}]" if part in "*?[" else part for part in name)
