"""Credentials of upstream sources: encrypted at rest, picked at random, cooled down when a source refuses them."""

from upbeat.credentials.encryption import CredentialCipher
from upbeat.credentials.pool import CredentialPool
from upbeat.credentials.records import Credential, CredentialSummary, credential_key

__all__ = ["Credential", "CredentialCipher", "CredentialPool", "CredentialSummary", "credential_key"]
