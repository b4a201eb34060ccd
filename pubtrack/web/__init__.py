"""The pages: where leads answer, and nothing else. A page shows; only a form that is sent records."""
