"""Who carries messages: an outbox folder, a mail server, SES, SNS. ``opening.open_provider`` knows which is meant."""
