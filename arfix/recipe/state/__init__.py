"""The state of a sysroot or overlay, in its `.arfix` folder; `folder.State` is the entry point."""
