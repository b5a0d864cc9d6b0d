"""The speech WebSocket protocol, without I/O: the codec, and both ends of a session as state machines."""
