"""Pure rules of an exit inspection: no database, no web, no clock."""
