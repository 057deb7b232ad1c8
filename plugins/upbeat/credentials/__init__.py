"""Credentials of upstream sources: encrypted at rest, picked at random, validated before use, cooled down when refused."""

from upbeat.credentials.encryption import CredentialCipher
from upbeat.credentials.pool import CredentialPool
from upbeat.credentials.records import Credential, CredentialSummary, credential_key, without_secrets
from upbeat.credentials.validation import Validator
from upbeat.credentials.verdicts import Validity, Verdict

__all__ = [
    "Credential",
    "CredentialCipher",
    "CredentialPool",
    "CredentialSummary",
    "Validator",
    "Validity",
    "Verdict",
    "credential_key",
    "without_secrets",
]
