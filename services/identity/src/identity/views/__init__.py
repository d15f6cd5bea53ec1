"""What goes in (`sent`) and out (`answers`) over HTTP."""
