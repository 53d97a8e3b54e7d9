"""What every servicer shares: binding, authentication, statuses, pages, request texts."""
