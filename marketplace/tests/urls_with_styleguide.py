"""The project's addresses and the style guide's, which is otherwise served only where DEBUG is on."""

from marketplace import styleguide, urls

urlpatterns = [*urls.urlpatterns, *styleguide.urlpatterns]
