"""An article becomes a podcast episode or an audio guide.

Data flows one way: script -> plan -> speech -> mix -> format -> episode -> publish. Each stage is a room of its own;
``build.py`` is the only one that knows their order.
"""

__version__ = "0.1.0"
