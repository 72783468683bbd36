"""Running stacks, and the model's runs played on them."""
