"""An audio guide as a folder for any static host: a small web app that plays numbered stops, with and without a network."""
