"""The words of exercises in English."""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "and": "and",
    # the sheet
    "title": "Exercises on <<layer>>",
    "title_solutions": "Exercises on <<layer>>, with solutions",
    "about.Conv": "a convolution layer",
    "about.ConvTranspose": "a transposed convolution layer",
    "about.AvgPool": "an average pooling layer",
    "about.MaxPool": "a max pooling layer",
    "about.Unfold": "an unfolding layer",
    "about.Fold": "a folding layer",
    "about.Upsample": "a nearest up-sampling layer",
    "about.ZeroInsertion": "a zero insertion layer",
    "about.AdaptiveAvgPool": "an adaptive average pooling layer",
    "about.AdaptiveMaxPool": "an adaptive max pooling layer",
    "about.Pad": "a padding layer",
    "about.PixelUnshuffle": "a pixel unshuffle layer",
    "about.PixelShuffle": "a pixel shuffle layer",
    "about.Interpolate": "an interpolation layer",
    "about.other": "a layer of the kind <<name>>",
    "with_solutions": "<<title>>, with solutions",
    "head": "**Exercise <<number>>** (<<points>>)**.**",
    "points": "<<count>> points",
    "points.one": "1 point",
    "solution": "**Solution.**",
    "line": "line (<<number>>)",
    # the names of the kinds
    "kind.output_size": "Output size",
    "kind.size_formula": "Formula of the size",
    "kind.count": "Counting",
    "kind.output_number": "One output in numbers",
    "kind.read_inputs": "Inputs that are read",
    "kind.reading_outputs": "Outputs that read",
    "kind.zero_weights": "Zeros of the matrix",
    "kind.tied_weights": "Equal weights",
    "kind.constraints": "Constraints",
    "kind.output_entry": "One output",
    "kind.weight_gradient": "Gradient of a weight",
    "kind.input_gradient": "Gradient of an input",
    "kind.bias_gradient": "Gradient of a bias",
    "kind.choose_entry": "Which formula?",
    "kind.find_error": "Find the mistake",
    "kind.general_formula": "Formula for all indices",
    "kind.choose_formula": "Which formula for all indices?",
    "kind.find_wrong_formula": "Which formula is wrong?",
    "kind.network_shape": "Shape of an output",
    "kind.network_parameters": "Counting parameters",
    "kind.network_number": "One output of a network",
    "kind.network_tensors": "What a gradient needs",
    "kind.step_update": "A weight after the step",
    "kind.step_gradient": "The gradient of a step",
    "kind.step_sharing": "Training without sharing",
    # the layer
    "introduction": "All exercises are about <<layer>>: <<parts>>. <<channels>>.",
    "a.Conv": "one convolution layer",
    "a.ConvTranspose": "one transposed convolution layer",
    "a.AvgPool": "one average pooling layer",
    "a.MaxPool": "one max pooling layer",
    "a.Unfold": "one layer that unfolds its input into patches",
    "a.Fold": "one layer that adds up patches",
    "a.Upsample": "one layer that repeats every element",
    "a.ZeroInsertion": "one layer that puts zeros between elements",
    "a.AdaptiveAvgPool": "one adaptive average pooling layer",
    "a.AdaptiveMaxPool": "one adaptive max pooling layer",
    "a.Pad": "one layer that extends its input",
    "a.PixelUnshuffle": "one layer that makes channels of blocks",
    "a.PixelShuffle": "one layer that makes blocks of channels",
    "a.Interpolate": "one layer that changes the size of its input",
    "a.other": "one layer of the kind <<name>>",
    "tensor.input": "input <<name>> of shape <<shape>>",
    "tensor.weight": "weights <<name>> of shape <<shape>>",
    "tensor.bias": "biases <<name>> of shape <<shape>>",
    "tensor.output": "output <<name>>",
    "channels.Conv": "Shapes have the channels first, weights the output channels and then the input channels",
    "channels.ConvTranspose": "Shapes have the channels first, weights the input channels and then the output channels",
    "channels.other": "Shapes have the channels first",
    "channels.batch": "before them the examples of the batch",
    "parameter.kernel_size": "window <<value>>",
    "parameter.stride": "stride <<value>>",
    "parameter.padding": "padding <<value>>",
    "parameter.dilation": "dilation <<value>>",
    "parameter.output_padding": "output padding <<value>>",
    "parameter.input_dilation": "input dilation <<value>> (zeros between the elements of the input)",
    "parameter.groups": "groups <<value>>",
    "parameter.scale_factor": "scale factor <<value>>",
    "parameter.flip": "the kernel is flipped",
    "parameter.count_include_pad": "padding is not counted in the mean",
    "parameter.ceil_mode": "a window is added for what is left over",
    "parameter.divisor_override": "divided by <<value>> in place of the number of elements",
    "parameter.upscale_factor": "blocks of <<value>>",
    "parameter.downscale_factor": "blocks of <<value>>",
    "parameter.depth_first": "the elements of a block are numbered before the channels",
    "parameter.other": "<<name>> <<value>>",
    "padding_mode.circular": "circular padding: the input is repeated beyond its ends",
    "padding_mode.reflect": "reflected padding: the input is mirrored at its first and its last element",
    "padding_mode.replicate": "replicated padding: the first and the last element are repeated",
    "padding_mode.other": "padding mode <<name>>",
    "conventions.gradient": "<<loss>> is a scalar loss, and <<upstream>> is the upstream gradient <<derivative>>.",
    "conventions.labels": "Indices count from <<base>>; a non-spatial dimension of size one has no index.",
    "conventions.general": (
        "In formulas for all indices, these count from <<base>>; every tensor is zero outside its shape, so that sums "
        "need no limits; and [<<condition>>] is 1 where the equation holds, and 0 elsewhere."
    ),
    "conventions.dense": (
        "In the fully connected layer of the same input and output, <<dense>> joins input <<input>> to output "
        "<<output>>, both numbered in row-major order."
    ),
    # sizes and counts
    "output_size.question": "What is the spatial size of the output?",
    "output_size.question_changed": (
        "What would be the spatial size of the output with <<condition>>, all else as above?"
    ),
    "changed.input_size": "an input of spatial size <<value>>",
    "changed.kernel_size": "a kernel of size <<value>>",
    "changed.stride": "stride <<value>>",
    "changed.padding": "padding <<value>> on every side",
    "changed.dilation": "dilation <<value>>",
    "output_size.solution": (
        "The windows that fit are counted: input and padding, less the extent of the kernel, in steps of the stride."
    ),
    "output_size.solution_transposed": (
        "Each element of the input moves the window on by the stride; its extent is added once, and the padding is cut "
        "off."
    ),
    "size_formula.question": "Which formula gives the size of the output?",
    "size_formula.question_axis": "Which formula gives the size of the output along spatial axis <<axis>>?",
    "count.parameters.question": "How many parameters does the layer have?",
    "count.parameters.solution": "As many as its weights have entries: <<sizes>>.",
    "count.parameters.solution_bias": "As many as its weights and biases have entries: <<sizes>>.",
    "count.dense.question": (
        "How many weights, biases not counted, does a fully connected layer have with the same inputs and outputs?"
    ),
    "count.dense.solution": "One from every input to every output: <<sizes>>.",
    "count.zeros.question": (
        "How many weights of the fully connected layer must be zero for it to be this layer, whatever the weights?"
    ),
    "count.zeros.solution": (
        "All but those that join an output to an input that it reads. There are <<joined>> of these, and <<sizes>>."
    ),
    "count.products.question": (
        "How many products of a weight and an input are computed for all outputs? Products with padding do not count."
    ),
    "count.products.solution_inside": "<<window>> for each of the <<outputs>> outputs: <<sizes>>.",
    "count.products.solution": (
        "A window has <<window>> products and there are <<outputs>> outputs. Without the products with what is no "
        "entry "
        "of the input, <<products>> remain."
    ),
    # numbers and reading
    "output_number.question": "Compute <<entry>> for these numbers.",
    "output_number.above": "The numbers in brackets above a letter are the first indices, as in the entries' names.",
    "output_number.solution_max": "<<entry>> is the largest element of its window.",
    "read_inputs.question": "Which entries of <<input>> does <<entry>> read?",
    "read_inputs.solution": "<<entry>> reads <<inputs>>.",
    "read_inputs.outside": "The other <<count>> elements of its window lie outside the input.",
    "read_inputs.outside.one": "The other element of its window lies outside the input.",
    "reading_outputs.question": "Which outputs read <<entry>>?",
    "reading_outputs.solution": "<<outputs>>; these are the outputs through which <<gradient>> flows.",
    # the fully connected layer
    "zero_weights.question": (
        "The layer is written as a fully connected one. Which of the weights into output <<output>>, its output number "
        "<<number>>, are zero whatever the layer's weights?"
    ),
    "zero_weights.solution": "<<zeros>>: <<output>> does not read these inputs.",
    "tied_weights.question": (
        "The layer is written as a fully connected one. Which other weights are equal to <<entry>> whatever the "
        "layer's "
        "weights?"
    ),
    "tied_weights.solution": "<<entry>> is <<weights>>, and so are <<others>>.",
    "constraints.question": (
        "For which constraints on its weights <<matrix>> is the fully connected layer this layer? Write all of them."
    ),
    "constraints.solution": "With inputs down the rows and outputs across the columns, the layer's matrix is",
    # entries
    "output_entry.question": "Write <<entry>> as a formula in the inputs and the layer's parameters.",
    "output_entry.solution": "The window of <<entry>> lies inside the input:",
    "output_entry.solution_padded": "Where the window of <<entry>> leaves the input, it reads the padding:",
    "output_entry.solution_outside": "Outside the input, the window of <<entry>> adds nothing:",
    "output_entry.solution_spread": "What the window of <<entry>> meets of the input, between whose elements are "
    "zeros:",
    "weight_gradient.question": "Write <<entry>> as a formula in <<upstream>> and the inputs.",
    "input_gradient.question": "Write <<entry>> as a formula in <<upstream>> and the weights.",
    "input_gradient.question_fixed": "Write <<entry>> as a formula in <<upstream>>.",
    "bias_gradient.question": "Write <<entry>> as a formula in <<upstream>>.",
    "gradient.solution": "<<entry>> has a part in <<outputs>>. By the chain rule,",
    "gradient.solution_one": "<<entry>> has a part in <<outputs>> alone. By the chain rule,",
    # choices
    "choose_entry.question": "Which formula of <<entry>> is right?",
    "choose_entry.question_gradient": "Which formula of <<entry>> is right, with <<upstream>>?",
    "choose.solution": "(<<letter>>) is right.",
    "find_error.question": "Somebody derives <<entry>>, with <<upstream>>:",
    "find_error.ask": "Exactly one line is wrong. Which one, and what is right?",
    "find_error.solution": "Line (<<number>>) is wrong: <<mistake>> Right is",
    "general_formula.question": "Write <<entry>> as one formula for all indices.",
    "general_formula.solution_output": (
        "The window moves by the stride, and within it the kernel steps by the dilation:"
    ),
    "general_formula.solution_output_back": "Every input spreads its kernel over outputs; a bracket says which:",
    "general_formula.solution_grad_weight": "A weight has a part in the outputs of its channel, and meets an input in "
    "each:",
    "general_formula.solution_grad_input": (
        "An input has a part in the outputs that read it, and a bracket says which these are:"
    ),
    "general_formula.solution_grad_bias": "A bias is added to every output of its channel:",
    "choose_formula.question": "Which formula of <<entry>> is right for all indices?",
    "find_wrong_formula.question": "Exactly one of these formulas is wrong. Which one, and what is right?",
    "find_wrong_formula.solution": "(<<letter>>) is wrong: <<mistake>> Right is",
    # mistakes
    "mistake.flip": "The kernel is read in the other direction.",
    "mistake.stride": "The stride is left out.",
    "mistake.padding": "The padding is left out.",
    "mistake.padding_sign": "The padding has the wrong sign.",
    "mistake.dilation": "The dilation is left out.",
    "mistake.exchanged": "Stride and dilation are exchanged.",
    "mistake.minus": "The kernel's index has the wrong sign.",
    "mistake.shift": "The window is off by one.",
    "mistake.weight_index": "The weight's index is off by one.",
    "mistake.bias": "The bias is left out.",
    "mistake.pairs": "The upstream gradient is paired with the wrong factors.",
    "mistake.mean": "It is a sum, not a mean.",
    "mistake.last": "The last term is left out.",
    "mistake.first": "The first term is left out.",
    "mistake.output": "An output is left out.",
    "mistake.size.one": "The first window is not counted.",
    "mistake.size.padding": "The padding is left out.",
    "mistake.size.half": "The padding is on both sides.",
    "mistake.size.dilation": "The dilation is left out.",
    "mistake.size.stride": "The stride is left out.",
    "mistake.size.ceiling": "A window that does not fit is not counted.",
    "mistake.size.extent": "From its first element to its last, a dilated kernel takes K - 1 steps.",
    "mistake.as_convolution": "This is the size of a convolution's output, not of a transposed one's.",
    "mistake.count.bias": "The biases are left out.",
    "mistake.count.groups": "A group reads its own input channels only.",
    "mistake.count.padding": "What lies outside the input does not count.",
    # networks and steps
    "about.network": "a network",
    "about.step": "a step of gradient descent",
    "network.introduction": "All exercises are about one network. Its input is <<input>> of shape <<shape>>.",
    "network.part": "Part <<number>>: <<words>>; it reads <<reads>>, and its output is <<output>>.",
    "network.loss": (
        "<<loss>> is the loss, and <<upstream>> its derivative with respect to the output of part <<number>>."
    ),
    "network_shape.question": "What is the shape of <<output>>, the output of part <<number>>?",
    "network_shape.solution": "Part by part, the shapes are <<shapes>>.",
    "network_parameters.question": "How many parameters does part <<number>> have, weights and biases?",
    "network_parameters.question_all": "How many parameters does the network have?",
    "network_parameters.solution": "As many as its tensors have entries: <<sizes>>.",
    "network_number.question": "Compute <<entry>> for",
    "network_number.solution": "Part by part,",
    "network_tensors.question": "Which tensors does one need for <<gradient>>, besides numbers and sizes?",
    "network_tensors.solution": "By the chain rule, what comes from above times what came in:",
    "network_tensors.right": "Right: what comes from above, and what came in.",
    "network_tensors.output": (
        "The part's output does not occur: its derivative with respect to the weights is what came in."
    ),
    "network_tensors.below": "The derivative must be that with respect to this part's output.",
    "network_tensors.itself": "The output is linear in the weights, so their values do not matter.",
    "step.introduction": (
        "The weights take one step of gradient descent, <<schedule>>, with the learning rate <<rate>>. <<loss>>"
    ),
    "step.summed": "with the gradient of all patches together",
    "step.mean": "with the mean of the patches' gradients",
    "step.sequential": "patch by patch, in row-major order, the weights moving after each patch",
    "step.loss.squared": "The loss is <<loss>> with the target <<target>>.",
    "step.loss.given": "<<upstream>> is the derivative of the loss with respect to the output.",
    "step_update.question": "What is <<entry>> after the step, for",
    "step_update.solution": "The step goes against the gradient, which is <<gradient>> here:",
    "step_update.solution_sequential": "The patches change it one after the other, from <<before>> through",
    "step_gradient.question": "Compute <<entry>> at the start of the step, for",
    "step_gradient.solution": "With <<upstream>> by the numbers above,",
    "step_sharing.question": (
        "Somebody trains the fully connected layer with free weights <<dense>>, which start as those of this layer, "
        "zeros included. Are they still those of a layer of this kind after one step, whatever the numbers?"
    ),
    "step_sharing.solution_no": (
        "The derivative with respect to a free weight from input <<input>> to output <<output>> is the product "
        "<<product>>: it is not zero where the layer has a zero, and it differs between copies of one weight. Only "
        "with sharing are the copies' derivatives added up."
    ),
    "step_sharing.solution_yes": (
        "No weight has a copy, and every input is joined to every output; so nothing is shared."
    ),
    "step_sharing.yes": "Yes",
    "step_sharing.no": "No",
    "step_sharing.right": "Right.",
    "step_sharing.wrong": "Look at the derivative with respect to one free weight.",
    "mistake.step.sign": "The step goes against the gradient, not along it.",
    "mistake.step.rate": "The learning rate is left out.",
    "mistake.step.gradient": "This is the gradient, not the new weight.",
    # marks
    "right": "Right.",
    "line_is_right": "This one is right.",
    "wrong": "This is not right.",
    "wrong_entry": "This is right, but it is another entry than the one asked for.",
    "wrong_names": "Write it in the quantities that the question names; this uses <<names>>.",
    "wrong_general": "This is right for one entry; a formula for all indices is asked for.",
    "undecided": "This can neither be proved nor refuted.",
    "missing": "Missing: <<count>>.",
    "superfluous": "Not among them: <<names>>.",
    "unreadable.formula": "This cannot be read as a formula.",
    "unreadable.number": "Write a whole number, or a fraction such as 1/2.",
    "unreadable.numbers": "Write whole numbers with commas between them.",
    "unreadable.list": "Write names with commas between them.",
    "unreadable.choice": "Write the letter of one of the options.",
}
