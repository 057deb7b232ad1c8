"""Scores on Lambda what one machine would take too long for: SQS → Lambda → Kinesis → Postgres and the outbox → warehouse.

`batch` is the form of a message, `pack` makes messages of many followers, `send` puts them on the queue. `handler` is the
Lambda function: `score_batch` scores one message, `publish` brings the results to Kinesis in the form of `results`. `collect`
reads them from there, `store` writes them. `poll` is a machine in Lambda's place. Every step may happen twice: the same batch
gives the same rows.
"""
