/* The page's files, as bytes of the program: see page.c. */
	.section .rodata

	.macro page_file name, path
	.global page_\name\()_file
	.global page_\name\()_file_end
page_\name\()_file:
	.incbin "\path"
page_\name\()_file_end:
	.endm

	page_file index, "src/page/index.html"
	page_file script, "src/page/page.js"
	page_file style, "src/page/page.css"

	.section .note.GNU-stack,"",%progbits
