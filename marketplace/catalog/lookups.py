"""Full-text search by the functions of migration 0003, as a lookup and an expression of the ORM."""

from typing import Any

from django.contrib.postgres.search import SearchQueryField, SearchVectorField
from django.db.models import F, FloatField, Func, Lookup, Value


@SearchVectorField.register_lookup
class HasWords(Lookup):
    """`search__has_words="blue mug"`: every word is in it, the last one perhaps only begun; accents do not matter."""

    lookup_name = "has_words"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Match by the GIN index."""
        vector, vector_params = self.process_lhs(compiler, connection)
        words, words_params = self.process_rhs(compiler, connection)
        return f"{vector} @@ catalog_search_query({words})", (*vector_params, *words_params)


def relevance(words: str) -> Func:
    """How well the vector fits the words: the title counts most, then category, shop and description."""
    query = Func(Value(words), function="catalog_search_query", output_field=SearchQueryField())
    return Func(F("search"), query, function="ts_rank", output_field=FloatField())
