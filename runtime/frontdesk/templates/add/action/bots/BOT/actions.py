@action
async def NAME(question: str) -> str:
    """Say what this action finds out."""
    return f"nothing is known of {question} yet"
