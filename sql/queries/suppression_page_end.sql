CLOSE suppression_page;
