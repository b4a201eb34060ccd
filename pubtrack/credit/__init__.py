"""Copies of works to findings: is the provider credited?"""
