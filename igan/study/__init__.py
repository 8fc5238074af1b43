"""The perception study: pictures of four conditions judged by people, as a kit.

`making` draws the pictures, `kit` writes the folder that is published and the key that is not,
`server` collects answers on this machine, `analysis` says what they come to. The protocol is that
of Zhu et al. 2016 (400 pictures, 20 votes each), made explicit where the paper is silent.
"""
