"""What several tests need: audio made on the spot, real servers on loopback, and backends that follow a script."""
