-- The next page of the list.
FETCH FORWARD 5000 FROM suppression_page;
