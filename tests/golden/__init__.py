"""Golden records: what one checkout's commands give, kept in a folder and compared with what another's give."""
