"""The upload page: patient records from other systems, taken at the desk."""
