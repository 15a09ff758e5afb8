"""What lets a tablet keep Kairn beside its other apps: the service worker and the manifest."""
