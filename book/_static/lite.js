// Empty until `make lite`, which puts the button "Run in your browser" and all it needs here.
