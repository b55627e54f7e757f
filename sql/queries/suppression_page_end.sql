-- Ends the reading of the list page by page.
CLOSE suppression_page;
