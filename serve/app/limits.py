"""Every bound of the service, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How much the service takes on; what goes beyond is refused by a sentence.

    Attributes:
        sessions: people who are connected at once.
        retry_after_s: when somebody who found it full may ask again.
        message_bytes: of one control message; an edit with a long history has some hundred
            thousand.
        waiting_messages: from one person that are not yet carried out; the next one is refused.
        messages_per_s: from one person; those that come faster are read later.
        unread_messages: to one person that are not yet taken; the next one ends the connection.
        strokes: in force at once.
        photo_bytes: of one photo file.
        photo_pixels: of one photo.
        photos_per_client: kept; the one used longest ago is forgotten first.
        photo_kept_s: without being used, for a client who is not connected.
        kept_photo_bytes: decoded pixels of all clients' photos together; those used longest ago are
            forgotten first.
        live_side_px: longest side of live pictures.
        finished_side_px: longest side of the finished picture that is shown.
        job_threads: that project and carry edits to photos beside the editing.
        waiting_jobs: of all people together.
        waiting_jobs_per_client: of one person.
        preview_threads: that draw live pictures.
        uploads: photo files on their way in at once.
        upload_s: that one may take.
        send_s: that a client may leave a message unread before it is given up.
    """

    sessions: int = 32
    retry_after_s: float = 10.0
    message_bytes: int = 8 * 2**20
    waiting_messages: int = 256
    messages_per_s: float = 200.0
    unread_messages: int = 256
    strokes: int = 200
    photo_bytes: int = 64 * 2**20
    photo_pixels: int = 60_000_000
    photos_per_client: int = 4
    photo_kept_s: float = 1800.0
    kept_photo_bytes: int = 2**30
    live_side_px: int = 640
    finished_side_px: int = 4096
    job_threads: int = 1
    waiting_jobs: int = 64
    waiting_jobs_per_client: int = 4
    preview_threads: int = 1
    uploads: int = 8
    upload_s: float = 300.0
    send_s: float = 30.0
