"""The contract on the wire: protobuf ↔ values, one servicer a service, and the door before them."""
