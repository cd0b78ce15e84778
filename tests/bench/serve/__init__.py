"""Our HTTP face beside nginx, aiohttp's own ceiling, and a page that renders a feed for each request."""
