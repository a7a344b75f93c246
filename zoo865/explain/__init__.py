"""How learning works: the computation behind each page of `zoo865 explain`, one file a page."""
