"""Clients of AWS services beside S3, and what their errors mean to us. The login is boto3's business: environment, profile or role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from upbeat.errors import InputError, StoreUnavailableError, UpbeatError
from upbeat.settings import Settings

_MISSING = (
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    "ResourceNotFoundException",
)
_THROTTLED = (
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
    "RequestThrottled",
    "ThrottlingException",
    "Throttling",
)

_REFUSED = (
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)


_LOCALLY = "(moto_server: docs/how-to/score-on-lambda.md)"


class AwsRefusedError(StoreUnavailableError):
    """AWS does not know our login, or does not let it do this: a person has to act."""


def aws_client(settings: Settings, service: str) -> Any:
    """A client of `sqs` or `kinesis`.

    Raises:
        InputError: no region is set anywhere.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import NoRegionError

    make: Any = boto3.client  # its stubs know no services beside S3
    try:
        return make(
            service,
            endpoint_url=settings.aws_endpoint_url,
            region_name=settings.aws_region or None,
            config=Config(
                connect_timeout=5, read_timeout=60, retries={"max_attempts": 4, "mode": "standard"}
            ),
        )
    except NoRegionError as error:
        raise InputError("AWS: no region is known: set UPBEAT_AWS_REGION") from error


@contextmanager
def aws_errors(what: str) -> Iterator[None]:
    """Turns botocore's errors into ours; `what` names queue or stream, with the setting it comes from.

    Raises:
        InputError: there is no such queue or stream.
        AwsRefusedError: the login is unknown, or may not do this.
        StoreUnavailableError: AWS does not answer, or is overloaded after botocore's own retries.
        UpbeatError: it takes the call for wrong.
    """
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except ClientError as error:
        raise _translated(error, what) from error
    except NoCredentialsError as error:
        raise AwsRefusedError(
            f"{what}: boto3 finds no AWS login: set AWS_PROFILE, or UPBEAT_AWS_ENDPOINT_URL {_LOCALLY}"
        ) from error
    except BotoCoreError as error:
        raise StoreUnavailableError(
            f"{what}: AWS does not answer ({type(error).__name__}): look at UPBEAT_AWS_ENDPOINT_URL and UPBEAT_AWS_REGION; "
            f"without an account of AWS, start a local server {_LOCALLY}"
        ) from error


def _translated(error: Any, what: str) -> UpbeatError:
    """The class by code and status. Messages of AWS may quote keys, so only the code is told."""
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _MISSING:
        return InputError(f"{what}: there is none: `upbeat score-queue create` makes it")
    if code in _THROTTLED or status == 429 or status >= 500:
        return StoreUnavailableError(f"{what}: AWS is overloaded or failed ({code}): try again later")
    if status in (401, 403) or code in _REFUSED:
        return AwsRefusedError(f"{what}: AWS refuses {error.operation_name}: {code}")
    return UpbeatError(f"{what}: AWS does not take {error.operation_name}: {code}")
