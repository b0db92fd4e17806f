"""One retailer's real households, campaigns and coupons, as a family of brands that sendgate decides about."""
