"""The store in DynamoDB: one table, for AWS Lambda and whatever else runs on AWS."""

from sendgate.stores.dynamodb.calls import maker
from sendgate.stores.dynamodb.people import KEEP_DAYS, KEEP_DAYS_AT_LEAST
from sendgate.stores.dynamodb.store import DynamoStore
from sendgate.stores.dynamodb.table import EXPIRES, TABLE, create_table

__all__ = ["EXPIRES", "KEEP_DAYS", "KEEP_DAYS_AT_LEAST", "TABLE", "DynamoStore", "create_table", "maker"]
