"""Photos of the products that a query describes, downloaded by Amazon product metadata."""

from igan.data.sources.amazon.amazon_source import AmazonSource
from igan.data.sources.amazon.product import Product, read_products
from igan.data.sources.amazon.query import Query

__all__ = ["AmazonSource", "Product", "Query", "read_products"]
