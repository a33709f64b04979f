"""The shape of JSON: marshmallow schemas, nothing that needs a database."""
