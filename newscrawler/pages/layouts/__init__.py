"""One module a generation of the site's pages."""
