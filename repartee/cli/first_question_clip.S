// The bytes of the clip; tests/data/audio/README.md says where it comes from.
    .section .rodata
    .global repartee_first_question
    .global repartee_first_question_end
repartee_first_question:
    .incbin "tests/data/audio/synthetic-capital-of-france.wav"
repartee_first_question_end:
    .byte 0
    .section .note.GNU-stack,"",@progbits
