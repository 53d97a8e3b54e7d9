"""The gRPC services: convert protobuf messages to values and back, without rules."""
