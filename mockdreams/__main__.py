from mockdreams.cli import main

main(prog_name="mockdreams")
