"""What the tests know of Colab: its versions, a stand-in for its package, how it saves a notebook."""
