"""`arfix.toml` to plans over a sysroot; the lock; the post-build hook."""
