"""Objects in S3. Facts about an object stand in its key or in a manifest beside it: not every S3 keeps metadata."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from upbeat.errors import StoreUnavailableError
from upbeat.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ObjectMissingError(LookupError):
    """No object has this key."""


class ObjectsRefusedError(StoreUnavailableError):
    """S3 does not know our login, or does not let it do this: no object is at fault, and a person has to act."""


class StoredObject(NamedTuple):
    """What a listing tells of an object; `size` in bytes."""

    key: str
    size: int
    written_at: datetime


class ObjectStore:
    """One bucket. Every method raises `StoreUnavailableError` when S3 does not answer, or refuses us."""

    def __init__(self, settings: Settings, bucket: str) -> None:
        self.bucket = bucket
        self._client = s3_client(settings)

    def put(self, key: str, body: bytes, *, content_type: str | None = None) -> None:
        """Write the whole object; a second put replaces it. The type is for readers of the bucket itself, where its S3 keeps it."""
        told = {"ContentType": content_type} if content_type else {}
        self._call("put_object", Bucket=self.bucket, Key=key, Body=body, **told)

    def get(self, key: str) -> bytes:
        """Read the whole object, or raise `ObjectMissingError`."""
        answer = self._call("get_object", Bucket=self.bucket, Key=key)
        with _unavailable():
            body: bytes = answer["Body"].read()
        return body

    def put_file(self, key: str, path: Path) -> None:
        """Write a file of any size, in parts where it is large."""
        from boto3.exceptions import S3UploadFailedError
        from botocore.exceptions import BotoCoreError

        try:
            self._client.upload_file(str(path), self.bucket, key)
        except (BotoCoreError, S3UploadFailedError) as error:
            raise StoreUnavailableError(f"S3 did not take {key} in {self.bucket}: {error}") from error

    def get_file(self, key: str, path: Path) -> None:
        """Read the object into a file, or raise `ObjectMissingError`."""
        with path.open("wb") as file:
            for chunk in self.chunks(key):
                file.write(chunk)

    def chunks(self, key: str, size: int = 1 << 20) -> Iterator[bytes]:
        """Read the object in chunks of at most `size` bytes, or raise `ObjectMissingError`."""
        body = self._call("get_object", Bucket=self.bucket, Key=key)["Body"]
        with _unavailable(), closing(body):  # a reader that stops early gives the connection back, too
            yield from body.iter_chunks(size)

    def size(self, key: str) -> int:
        """Bytes of the object, or raise `ObjectMissingError`."""
        return int(self._call("head_object", Bucket=self.bucket, Key=key)["ContentLength"])

    def signed_address(self, key: str, seconds: int) -> str:
        """An address that anybody may read the object at for so long: a secret while it lasts."""
        address: str = self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=seconds
        )
        return address

    def keys(self, prefix: str = "") -> Iterator[str]:
        """All keys that begin with `prefix`, in order."""
        return (item.key for item in self.objects(prefix))

    def objects(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects whose keys begin with `prefix`, in the order of their keys."""
        token: dict[str, str] = {}
        while True:
            page = self._call("list_objects_v2", Bucket=self.bucket, Prefix=prefix, **token)
            for item in page.get("Contents", []):
                yield StoredObject(item["Key"], item["Size"], item["LastModified"])
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def delete(self, key: str) -> None:
        """Remove the object; a missing one is no error."""
        self._call("delete_object", Bucket=self.bucket, Key=key)

    def create_bucket(self) -> None:
        """Create the bucket where it is missing."""
        try:
            self._call("head_bucket", Bucket=self.bucket)
        except (ObjectsRefusedError, ObjectMissingError):
            # Amazon wants the region said, but for the one that it takes for none.
            region = self._client.meta.region_name
            place = {} if region == "us-east-1" else {"LocationConstraint": region}
            self._call(
                "create_bucket", Bucket=self.bucket, **({"CreateBucketConfiguration": place} if place else {})
            )

    def _call(self, operation: str, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client, operation)(**arguments)
        except ClientError as error:
            code = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if code == 404:
                raise ObjectMissingError(
                    f"s3://{self.bucket}/{arguments.get('Key', '')} does not exist"
                ) from error
            if code in (401, 403):
                name = error.response.get("Error", {}).get("Code", code)
                raise ObjectsRefusedError(f"S3 refuses {operation} in {self.bucket}: {name}") from error
            if code == 429 or code >= 500:
                raise StoreUnavailableError(f"S3 failed {operation} with HTTP {code}") from error
            raise
        except BotoCoreError as error:
            raise StoreUnavailableError(f"S3 does not answer: {error}") from error


@contextmanager
def _unavailable() -> Iterator[None]:
    """A body is read after its call has returned: S3 may go away in the middle of it."""
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except BotoCoreError as error:
        raise StoreUnavailableError(f"S3 went away in the middle of an object: {error}") from error


def s3_client(settings: Settings) -> S3Client:
    """A boto3 client that also works with S3 servers that are not AWS (path style, no checksum trailers)."""
    import boto3
    from botocore.config import Config

    client: S3Client = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint(),
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id.get_secret_value(),
        aws_secret_access_key=settings.s3_secret_access_key.get_secret_value(),
        config=Config(
            s3={"addressing_style": "path"},
            signature_version="s3v4",
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=5,
            read_timeout=60,
            retries={"max_attempts": 2, "mode": "standard"},
            max_pool_connections=32,
        ),
    )
    return client
