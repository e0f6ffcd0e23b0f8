"""Settings: `base` is true everywhere; `dev`, `test` and `prod` differ by a screen."""
