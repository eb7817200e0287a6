"""What arfix remembers of one sysroot or overlay, below its `.arfix`; `folder.State` is the way in."""
