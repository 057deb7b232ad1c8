"""Enrichment in batches: what is to be asked, sent to the provider, waited for, and collected into what is known of creators.

Every step can be run again after a kill at any point: what it finds done it does not do again, and nothing is sent twice.
"""
